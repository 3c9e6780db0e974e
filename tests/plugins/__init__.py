"""What the tests need before Django loads."""
