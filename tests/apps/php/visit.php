<?php
// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port.
[, $variable, $file, $newFile, $folder, $name, $port] = $argv;
echo json_encode([
    "env" => getenv($variable),
    "read" => file_get_contents($file),
    "write" => file_put_contents($newFile, "written by a program\n") === false ? error_get_last()["message"] : "ok",
    "list" => array_values(array_diff(scandir($folder) ?: [], [".", ".."])),
    "resolve" => gethostbyname($name),
    "connect" => file_get_contents("http://$name:$port/"),
]), "\n";
