package apps;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A server of channels and one selector, that answers with its second argument. Arguments: port, word, file for what was seen. */
class ChannelAnswer {
    public static void main(String[] args) throws IOException {
        Selector selector = Selector.open();
        ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(Integer.parseInt(args[0])));
        listener.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select(key -> {
                try {
                    if (key.isAcceptable()) listener.accept().configureBlocking(false).register(selector, SelectionKey.OP_READ);
                    else answer((SocketChannel) key.channel(), args[1], args[2]);
                } catch (IOException error) {
                    key.cancel();
                }
            });
        }
    }

    static void answer(SocketChannel channel, String word, String seen) throws IOException {
        try (channel) {
            if (channel.read(ByteBuffer.allocate(4096)) < 1) return;
            Files.writeString(Path.of(seen), "a request\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            String head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + word.length() + "\r\n\r\n";
            channel.write(ByteBuffer.wrap((head + word).getBytes()));
        }
    }
}
