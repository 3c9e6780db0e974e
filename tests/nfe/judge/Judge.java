import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

/** A judge that shares no code with libxml2: Xerces and the XML signatures of the JDK. java Judge.java XSD XML... */
public class Judge {
    static Schema schema;

    public static void main(String[] given) throws Exception {
        schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI).newSchema(new File(given[0]));
        for (int place = 1; place < given.length; place++) {
            System.out.println(new File(given[place]).getName() + ": " + verdict(given[place]));
        }
    }

    static String verdict(String path) throws Exception {
        DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
        builders.setNamespaceAware(true);
        Document document = builders.newDocumentBuilder().parse(new File(path));
        try {
            schema.newValidator().validate(new DOMSource(document));
        } catch (SAXException refused) {
            return "invalid: " + refused.getMessage();
        }
        return isSigned(document) ? "valid" : "signature is wrong";
    }

    static boolean isSigned(Document document) throws Exception {
        Element root = document.getDocumentElement();
        ((Element) root.getFirstChild()).setIdAttribute("Id", true);
        Element signature = (Element) root.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
        java.security.PublicKey key = keyOf(signature);
        DOMValidateContext context = new DOMValidateContext(key, signature);
        context.setProperty("org.jcp.xml.dsig.secureValidation", Boolean.FALSE); // NF-e is bound to SHA-1
        return XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context).validate(context);
    }

    static java.security.PublicKey keyOf(Element signature) throws Exception {
        String encoded = signature.getElementsByTagNameNS(XMLSignature.XMLNS, "X509Certificate").item(0).getTextContent();
        byte[] content = java.util.Base64.getMimeDecoder().decode(encoded);
        return java.security.cert.CertificateFactory.getInstance("X.509")
            .generateCertificate(new java.io.ByteArrayInputStream(content)).getPublicKey();
    }
}
