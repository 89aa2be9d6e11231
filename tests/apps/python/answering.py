"""What the programs of frameworks answer: a word, or what is seen by `visit` when VISIT has its arguments."""
import json, os
from visit import visit

def answer(word):
    with open(os.environ["SEEN"], "a") as seen: seen.write("a request\n")
    arguments = json.loads(os.environ["VISIT"])
    return word if arguments is None else json.dumps(visit(*arguments))
