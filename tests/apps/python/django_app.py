"""A Django project in one file, that answers every request with a word. Arguments: those of manage.py."""
import os, sys
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import re_path

word = "local"

def answer(request):
    with open(os.environ["SEEN"], "a") as seen: seen.write("a request\n")
    return HttpResponse(word)

settings.configure(DEBUG=True, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="matrix")
urlpatterns = [re_path("", answer)]

if __name__ == "__main__": execute_from_command_line(sys.argv)
