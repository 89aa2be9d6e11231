import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A server of Netty's native epoll transport, that answers with its second argument. Arguments: port, word, file for what was seen. */
class NettyAnswer {
    public static void main(String[] args) throws Exception {
        var group = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
        new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(65536), new Answering(args[1], args[2]));
                }
            })
            .bind(Integer.parseInt(args[0])).sync().channel().closeFuture().sync();
    }

    static class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final String word, seen;

        Answering(String word, String seen) {
            this.word = word;
            this.seen = seen;
        }

        @Override protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) throws Exception {
            Files.writeString(Path.of(seen), "a request\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            var body = Unpooled.copiedBuffer(word, StandardCharsets.UTF_8);
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
            response.headers().set("content-length", body.readableBytes());
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
