package apps;

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
import java.util.Arrays;

/**
 * A server of Netty's native epoll transport, that answers with its second argument, or with what it sees. Arguments: port,
 * word, file for what was seen, [those of `Visit`].
 */
class NettyAnswer {
    public static void main(String[] args) throws Exception {
        var group = new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
        new ServerBootstrap().group(group).channel(EpollServerSocketChannel.class)
            .childHandler(new ChannelInitializer<SocketChannel>() {
                @Override protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(65536), new Answering(args));
                }
            })
            .bind(Integer.parseInt(args[0])).sync().channel().closeFuture().sync();
    }

    static class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {
        private final String[] args;

        Answering(String[] args) {
            this.args = args;
        }

        @Override protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) throws Exception {
            Files.writeString(Path.of(args[2]), "a request\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            var word = args.length == 3 ? args[1] : Visit.visit(Arrays.copyOfRange(args, 3, args.length));
            var body = Unpooled.copiedBuffer(word, StandardCharsets.UTF_8);
            var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
            response.headers().set("content-length", body.readableBytes());
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
