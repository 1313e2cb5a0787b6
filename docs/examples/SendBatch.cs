// Sends a batch and retries until it is answered. Put it into Program.cs of a console project. Needs only .NET 6.
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

const int attempts = 10;
var body = File.ReadAllBytes(args[0]);
// Each attempt must send the same key, also after a crash. This key is derived from the body.
var key = Convert.ToHexString(SHA256.HashData(body));
using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
client.DefaultRequestHeaders.Authorization =
    new AuthenticationHeaderValue("Bearer", Environment.GetEnvironmentVariable("CONNECT_TOKEN"));

var (status, answer) = await SendUntilAnswered();
if (!answer.Contains("\"importJobId\""))
{
    Console.Error.WriteLine($"HTTP {(int)status}: {answer}");
    return 2;
}
var rejected = JsonDocument.Parse(answer).RootElement.GetProperty("items").EnumerateArray()
    .Where(item => item.GetProperty("status").GetString() == "Rejected").ToList();
foreach (var item in rejected)
    Console.WriteLine($"{item.GetProperty("index")} {item.GetProperty("externalId")}: {item.GetProperty("errorMessage")}");
return rejected.Count == 0 ? 0 : 1;

async Task<(HttpStatusCode, string)> SendUntilAnswered()
{
    for (var attempt = 1; ; attempt++)
    {
        var wait = TimeSpan.FromSeconds(Math.Min(1 << attempt, 60));
        try
        {
            // HttpClient can send a request only once, so each attempt makes a new one.
            var url = Environment.GetEnvironmentVariable("CONNECT_URL") + "/inbound/targets/batch";
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add("Idempotency-Key", key);
            using var response = await client.SendAsync(request);
            var again = response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.Conflict
                or HttpStatusCode.TooManyRequests
                || (int)response.StatusCode >= 500;
            if (!again || attempt == attempts)
                return (response.StatusCode, await response.Content.ReadAsStringAsync());
            wait = response.Headers.RetryAfter?.Delta ?? wait;
        }
        catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException && attempt < attempts)
        {
        }
        await Task.Delay(wait);
    }
}
