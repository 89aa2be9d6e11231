"""A web application of Flask: every method is answered with itself and the body, and printed. Argument: the port."""
import logging, os, sys
from flask import Flask, request

app = Flask(__name__)
logging.getLogger("werkzeug").disabled = True

@app.route("/", methods=["GET", "POST", "PUT", "DELETE"])
def answer():
    print(request.method, request.get_data(as_text=True), flush=True)
    return f"{request.method} {request.get_data(as_text=True)}"

app.run(host="0.0.0.0", port=int(sys.argv[1]))
