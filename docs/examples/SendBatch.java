// Sends a batch and retries until it is answered. Usage: java SendBatch.java batch.json. Needs only Java 17.
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
        // Each attempt must send the same key, also after a crash. This key is derived from the body.
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
        boolean processed = answer.body().contains("\"importJobId\"");
        boolean allImported = answer.body().contains("\"rejectedItems\":0,");
        // After a 1, see errorCode and errorMessage of each item with the status Rejected.
        System.exit(!processed ? 2 : allImported ? 0 : 1);
    }

    static HttpResponse<String> sendUntilAnswered(HttpRequest request) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
        for (int attempt = 1; ; attempt++) {
            long seconds = Math.min(1L << attempt, 60);
            try {
                HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
                int status = answer.statusCode();
                boolean again = status == 408 || status == 409 || status == 429 || status >= 500;
                if (!again || attempt == ATTEMPTS) return answer;
                seconds = answer.headers().firstValueAsLong("Retry-After").orElse(seconds);
            } catch (IOException brokenConnection) {
                if (attempt == ATTEMPTS) throw brokenConnection;
            }
            Thread.sleep(Duration.ofSeconds(seconds).toMillis());
        }
    }
}
