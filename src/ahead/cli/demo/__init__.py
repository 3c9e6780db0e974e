"""`ahead demo`: the whole product on one box, with a company to look at."""
