import java.io.File
import java.net.InetAddress
import java.net.URI

/**
 * Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
 * directory, host name, port.
 */
fun main(arguments: Array<String>) {
    val (variable, file, newFile, folder, name) = arguments
    val cells: Map<String, () -> String> = linkedMapOf(
        "env" to { System.getenv(variable) },
        "read" to { File(file).readText() },
        "write" to { File(newFile).writeText("written by a program\n"); "ok" },
        "list" to { File(folder).list()!!.sorted().joinToString(" ") },
        "resolve" to { InetAddress.getByName(name).hostAddress },
        "connect" to { URI("http://$name:${arguments[5]}/").toURL().readText() },
    )
    println(cells.entries.joinToString(", ", "{", "}") { (cell, see) -> "${quoted(cell)}: ${quoted(told(see))}" })
}

private fun told(see: () -> String): String = runCatching(see).getOrElse { it.toString() }

private fun quoted(text: String): String = "\"" + text.replace("\"", "\\\"").replace("\n", "\\n") + "\""
