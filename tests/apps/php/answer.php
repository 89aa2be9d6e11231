<?php
// Answers every request with a word.
$word = "local";
file_put_contents(getenv("SEEN"), "a request\n", FILE_APPEND);
echo $word;
