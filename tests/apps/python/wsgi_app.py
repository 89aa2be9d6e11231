"""A WSGI program that answers every request with a word."""
import os

word = "local"

def app(environ, start_response):
    with open(os.environ["SEEN"], "a") as seen: seen.write("a request\n")
    start_response("200 OK", [("content-type", "text/plain")])
    return [word.encode()]
