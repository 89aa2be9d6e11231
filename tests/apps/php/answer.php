<?php
// Answers every request with a word, or with what it sees when VISIT has the arguments of `visit`.
require getenv("APPS") . "/php/visit.php";
$word = "local";
file_put_contents(getenv("SEEN"), "a request\n", FILE_APPEND);
$arguments = json_decode(getenv("VISIT"));
echo $arguments === null ? $word : visit(...$arguments);
