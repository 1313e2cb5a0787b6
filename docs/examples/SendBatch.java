// Sends a batch until it is answered: java SendBatch.java batch.json. Needs Java 17 and nothing else.
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

public class SendBatch {
    static final int ATTEMPTS = 10;

    public static void main(String[] arguments) throws Exception {
        byte[] body = Files.readAllBytes(Path.of(arguments[0]));
        // One key for this body, however often it is sent. Store it with the batch, to use it again after a crash.
        HttpRequest request = HttpRequest.newBuilder()
            .uri(URI.create(System.getenv("CONNECT_URL") + "/inbound/targets/batch"))
            .header("Authorization", "Bearer " + System.getenv("CONNECT_TOKEN"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.nameUUIDFromBytes(body).toString())
            .timeout(Duration.ofMinutes(2))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
        HttpResponse<String> answer = sendUntilAnswered(request);
        System.out.println(answer.body());
        // 200: all is in. 207, or 422 with items: read errorCode and errorMessage of each item whose status is Rejected.
        System.exit(answer.statusCode() == 200 ? 0 : answer.body().contains("\"importJobId\"") ? 1 : 2);
    }

    static HttpResponse<String> sendUntilAnswered(HttpRequest request) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
        for (int attempt = 1; ; attempt++) {
            long seconds = Math.min(1L << attempt, 60);
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                int status = answer.statusCode();
                boolean again = status == 409 || status == 429 || status >= 500;
                if (!again || attempt == ATTEMPTS) return answer;
                seconds = answer.headers().firstValueAsLong("Retry-After").orElse(seconds);
            } catch (IOException brokenConnection) {
                if (attempt == ATTEMPTS) throw brokenConnection;
            }
            Thread.sleep(Duration.ofSeconds(seconds).toMillis());
        }
    }
}
