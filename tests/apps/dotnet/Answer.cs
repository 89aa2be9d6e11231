using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

/// <summary>An HTTP server that answers every request with its second argument. Arguments: port, word, file for what was seen.</summary>
static class Answer
{
    static void Main(string[] args)
    {
        var listener = new TcpListener(IPAddress.Any, int.Parse(args[0]));
        listener.Start();
        while (true)
        {
            var client = listener.AcceptTcpClient();
            Task.Run(() => Serve(client, args[1], args[2]));
        }
    }

    static void Serve(TcpClient client, string word, string seen)
    {
        using (client)
        {
            var stream = client.GetStream();
            if (stream.Read(new byte[4096], 0, 4096) == 0) return;
            File.AppendAllText(seen, "a request\n");
            var text = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + word.Length + "\r\n\r\n" + word;
            stream.Write(Encoding.ASCII.GetBytes(text), 0, text.Length);
        }
    }
}
