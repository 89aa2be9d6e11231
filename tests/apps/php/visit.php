<?php
// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
// directory, host name, port. Servers call `visit`.
function visit(string $variable, string $file, string $newFile, string $folder, string $name, string $port): string {
    return json_encode([
        "env" => getenv($variable),
        "read" => file_get_contents($file),
        "write" => file_put_contents($newFile, "written by a program\n") === false ? error_get_last()["message"] : "ok",
        "list" => array_values(array_diff(scandir($folder) ?: [], [".", ".."])),
        "resolve" => gethostbyname($name),
        "connect" => file_get_contents("http://$name:$port/"),
    ]);
}

if (get_included_files() === [__FILE__]) echo visit(...array_slice($argv, 1)), "\n";
