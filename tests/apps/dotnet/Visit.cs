using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;

/// <summary>
/// Prints, as one JSON object, what a program sees of its surroundings, and writes a file. Arguments: variable, file, new
/// file, directory, host name, port.
/// </summary>
static class Visit
{
    static void Main(string[] args)
    {
        string name = args[4], url = "http://" + name + ":" + args[5] + "/";
        var cells = new Dictionary<string, Func<string>>
        {
            ["env"] = () => Environment.GetEnvironmentVariable(args[0]),
            ["read"] = () => File.ReadAllText(args[1]),
            ["write"] = () => { File.WriteAllText(args[2], "written by a program\n"); return "ok"; },
            ["list"] = () => string.Join(" ", Directory.GetFileSystemEntries(args[3]).Select(Path.GetFileName).OrderBy(each => each)),
            ["resolve"] = () => Dns.GetHostAddresses(name).First(each => each.AddressFamily == AddressFamily.InterNetwork).ToString(),
            ["connect"] = () => new HttpClient().GetStringAsync(url).Result,
        };
        Console.WriteLine("{" + string.Join(", ", cells.Select(cell => Quoted(cell.Key) + ": " + Quoted(Told(cell.Value)))) + "}");
    }

    static string Told(Func<string> see)
    {
        try { return see() ?? "nothing"; }
        catch (Exception error) { return error.GetBaseException().Message; }
    }

    static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n") + "\"";
}
