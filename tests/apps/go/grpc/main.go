// A gRPC service that says a word, and its client. `serve PORT WORD SEEN [ARGUMENTS OF sight]` serves, with arguments what it sees;
// `ask HOST PORT` prints what is said.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	"mirrord.test/sight"
)

const method = "/matrix.Word/Say"

type wordServer interface {
	say() (*wrapperspb.StringValue, error)
}

type server struct {
	word, seen string
	visit      []string
}

func (s server) say() (*wrapperspb.StringValue, error) {
	file, err := os.OpenFile(s.seen, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	fmt.Fprintln(file, "a request")
	if len(s.visit) == 0 {
		return wrapperspb.String(s.word), nil
	}
	text, err := json.Marshal(sight.See(s.visit))
	return wrapperspb.String(string(text)), err
}

var service = grpc.ServiceDesc{
	ServiceName: "matrix.Word",
	HandlerType: (*wordServer)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Say",
		Handler: func(s any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			if err := decode(&emptypb.Empty{}); err != nil {
				return nil, err
			}
			return s.(wordServer).say()
		},
	}},
}

func serve(port string, s server) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	grpcServer := grpc.NewServer()
	grpcServer.RegisterService(&service, s)
	return grpcServer.Serve(listener)
}

func ask(address string) error {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	answer := &wrapperspb.StringValue{}
	if err := connection.Invoke(ctx, method, &emptypb.Empty{}, answer); err != nil {
		return err
	}
	fmt.Println(answer.Value)
	return nil
}

func main() {
	var err error
	if os.Args[1] == "serve" {
		err = serve(os.Args[2], server{word: os.Args[3], seen: os.Args[4], visit: os.Args[5:]})
	} else {
		err = ask(net.JoinHostPort(os.Args[2], os.Args[3]))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
