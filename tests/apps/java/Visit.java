package apps;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.io.FileReader;
import java.io.FileWriter;
import java.io.File;
import java.io.Reader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/**
 * Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new file,
 * directory, host name, port. VISIT_WITH chooses the means: "net" (java.io, java.net) or "nio". Servers call `visit`.
 */
class Visit {
    static final String TEXT = "written by a program\n";

    public static void main(String[] args) {
        System.out.println(visit(args));
    }

    /** What is seen, as a JSON object. */
    static String visit(String[] args) {
        String file = args[1], newFile = args[2], folder = args[3], name = args[4];
        int port = Integer.parseInt(args[5]);
        Map<String, Callable<String>> cells = new LinkedHashMap<>();
        cells.put("env", () -> System.getenv(args[0]));
        cells.put("resolve", () -> InetAddress.getByName(name).getHostAddress());
        if ("nio".equals(System.getenv("VISIT_WITH"))) {
            cells.put("read", () -> Files.readString(Path.of(file)));
            cells.put("write", () -> Files.writeString(Path.of(newFile), TEXT) == null ? null : "ok");
            cells.put("list", () -> listByNio(folder));
            cells.put("connect", () -> askByNio(name, port));
        } else {
            cells.put("read", () -> read(new FileReader(file)));
            cells.put("write", () -> write(newFile));
            cells.put("list", () -> Arrays.stream(new File(folder).list()).sorted().collect(Collectors.joining(" ")));
            cells.put("connect", () -> ask(name, port));
        }
        return cells.entrySet().stream()
            .map(cell -> quoted(cell.getKey()) + ": " + quoted(told(cell.getValue())))
            .collect(Collectors.joining(", ", "{", "}"));
    }

    static String read(Reader reader) throws IOException {
        try (reader) {
            StringWriter text = new StringWriter();
            reader.transferTo(text);
            return text.toString();
        }
    }

    static String write(String path) throws IOException {
        try (Writer writer = new FileWriter(path)) {
            writer.write(TEXT);
        }
        return "ok";
    }

    static String listByNio(String folder) throws IOException {
        try (var entries = Files.list(Path.of(folder))) {
            return entries.map(path -> path.getFileName().toString()).sorted().collect(Collectors.joining(" "));
        }
    }

    static String ask(String name, int port) throws Exception {
        var connection = (HttpURLConnection) new URI("http://" + name + ":" + port + "/").toURL().openConnection();
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(10_000);
        return read(new java.io.InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8));
    }

    /** By HttpClient, which is made of selectors; and by a channel of our own: both must answer the same. */
    static String askByNio(String name, int port) throws Exception {
        var request = HttpRequest.newBuilder(new URI("http://" + name + ":" + port + "/")).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        try (SocketChannel channel = SocketChannel.open(new InetSocketAddress(name, port))) {
            channel.write(ByteBuffer.wrap("GET / HTTP/1.0\r\nHost: service\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            ByteBuffer buffer = ByteBuffer.allocate(65536);
            while (channel.read(buffer) >= 0 && buffer.hasRemaining()) { }
            String text = new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
            String body = text.substring(text.indexOf("\r\n\r\n") + 4);
            return body.equals(answer) ? answer : body + " by a channel, " + answer + " by HttpClient";
        }
    }

    static String told(Callable<String> see) {
        try {
            return String.valueOf(see.call());
        } catch (Exception error) {
            return error.toString();
        }
    }

    static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\r", "").replace("\n", "\\n") + '"';
    }
}
