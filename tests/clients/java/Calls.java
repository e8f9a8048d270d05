// A Java program as its author would write it: one HttpClient with default settings, so that it offers `Upgrade: h2c`.
// Owns: each method once with a body of known length and once with a chunked one; prints a JSON array of what was answered.
// Run: java Calls.java COLLECTION-URL BODY CHANGES (both JSON objects)

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

public class Calls {
  static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\\d+)");
  static final HttpClient CLIENT = HttpClient.newHttpClient();
  static final List<String> ANSWERS = new ArrayList<>();

  public static void main(String[] arguments) throws Exception {
    everyMethod("length", BodyPublishers::ofString, arguments[0], arguments[1], arguments[2]);
    everyMethod("chunked", text -> BodyPublishers.fromPublisher(BodyPublishers.ofString(text)), arguments[0], arguments[1], arguments[2]);
    System.out.println("[" + String.join(",", ANSWERS) + "]");
  }

  static void everyMethod(String sent, Function<String, BodyPublisher> body, String url, String whole, String changes) throws Exception {
    String record = url + call(sent, "POST", url, body.apply(whole)) + "/";
    call(sent, "PUT", record, body.apply(whole));
    call(sent, "PATCH", record, body.apply(changes));
    call(sent, "GET", record, BodyPublishers.noBody());
    call(sent, "DELETE", record, body.apply("{}"));
    call(sent, "GET", record, BodyPublishers.noBody());
  }

  /** Send one call, note its answer, and return the id in it ("null" when there is none). */
  static String call(String sent, String method, String url, BodyPublisher body) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20))
        .header("Authorization", "Token demo").header("Content-Type", "application/json").method(method, body).build();
    var answer = CLIENT.send(request, BodyHandlers.ofString());
    var found = ID.matcher(answer.body());
    String id = found.find() ? found.group(1) : "null";
    ANSWERS.add(String.format("{\"sent\":\"%s\",\"method\":\"%s\",\"status\":%d,\"id\":%s}", sent, method, answer.statusCode(), id));
    return id;
  }
}
