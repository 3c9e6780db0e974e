"""What templates may load; `{% load ahead %}` brings all of it."""
