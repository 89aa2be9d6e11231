"""A program has no child that it did not start. Prints the variable that the session brings."""
import os, sys

try:
    os.wait()
except ChildProcessError:
    print(os.environ[sys.argv[1]])
