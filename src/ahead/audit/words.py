"""What people call the things that the trail tells of."""

SUBJECTS = {
    "store": "Loja",
    "product": "Produto",
    "listing": "Produto Ecommerce",
    "category": "Categoria",
    "order": "Pedido",
    "nota": "Nota",
    "customer": "Cliente",
    "warehouse": "Estoque",
    "press": "Gerar Notas",
    "series": "Numeração",
    "sheet": "Planilha",
    "matter": "Pendência",
    "rule": "Regra tributária",
    "natureza": "Natureza",
    "tax_group": "Grupo tributário",
    "user": "Usuário",
    "alerts": "Alertas",
    "company": "Empresa",
}
