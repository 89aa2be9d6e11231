"""A Django project in one file, that answers every request with a word. Arguments: those of manage.py."""
import sys
from answering import answer
from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpResponse
from django.urls import re_path

word = "local"

settings.configure(DEBUG=True, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="matrix")
urlpatterns = [re_path("", lambda request: HttpResponse(answer(word)))]

if __name__ == "__main__": execute_from_command_line(sys.argv)
