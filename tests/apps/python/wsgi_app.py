"""A WSGI program that answers every request with a word."""
from answering import answer

word = "local"

def app(environ, start_response):
    start_response("200 OK", [("content-type", "text/plain")])
    return [answer(word).encode()]
