import com.sun.net.httpserver.HttpServer
import java.io.File
import java.net.InetSocketAddress

/** An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen. */
fun main(arguments: Array<String>) {
    val (port, word, seen) = arguments
    val server = HttpServer.create(InetSocketAddress(port.toInt()), 64)
    server.createContext("/") { exchange ->
        File(seen).appendText("a request\n")
        val body = word.toByteArray()
        exchange.sendResponseHeaders(200, body.size.toLong())
        exchange.responseBody.use { it.write(body) }
    }
    server.start()
}
