package io.paddock.minidirector.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A director's API as a client uses it that follows no redirect by itself. */
final class Director {

    static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final String url;
    private final String credentials;

    Director(String url, String username, String password) {
        this(
                url,
                "Basic "
                        + Base64.getEncoder()
                                .encodeToString((username + ":" + password).getBytes(StandardCharsets.UTF_8)));
    }

    /** @param credentials value of the header Authorization */
    Director(String url, String credentials) {
        this.url = url;
        this.credentials = credentials;
    }

    HttpResponse<String> send(String method, String pathAndQuery, String body, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + pathAndQuery))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        request.header("Authorization", credentials);
        headers.forEach(request::setHeader);
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /** Sends a file as clients send tarballs. */
    HttpResponse<String> upload(String pathAndQuery, Path file) {
        try {
            return HTTP.send(
                    HttpRequest.newBuilder(URI.create(url + pathAndQuery))
                            .header("Authorization", credentials)
                            .header("Content-Type", "application/x-compressed")
                            .POST(HttpRequest.BodyPublishers.ofFile(file))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    Path download(String path, Path target) {
        try {
            return HTTP.send(
                            HttpRequest.newBuilder(URI.create(url + path))
                                    .header("Authorization", credentials)
                                    .build(),
                            HttpResponse.BodyHandlers.ofFile(target))
                    .body();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    HttpResponse<String> get(String pathAndQuery) {
        return send("GET", pathAndQuery, "", Map.of());
    }

    JsonNode json(String pathAndQuery) {
        return JSON.readTree(get(pathAndQuery).body());
    }

    /** The number of the task that an answer redirects to. */
    static long task(HttpResponse<String> started) {
        String location = started.headers()
                .firstValue("Location")
                .orElseThrow(() ->
                        new AssertionError("no task was started: " + started.statusCode() + " " + started.body()));
        return Long.parseLong(location.substring(location.lastIndexOf('/') + 1));
    }

    long deploy(String manifest) {
        return deploy(manifest, "");
    }

    long deploy(String manifest, String query) {
        return task(send("POST", "/deployments" + query, manifest, Map.of("Content-Type", "text/yaml")));
    }

    long change(String pathAndQuery) {
        return task(send("PUT", pathAndQuery, "", Map.of("Content-Type", "text/yaml")));
    }

    long post(String pathAndQuery, String json) {
        return task(send("POST", pathAndQuery, json, Map.of("Content-Type", "application/json")));
    }

    /** The task as it is when it has ended, or when it is in one of these states. */
    JsonNode await(long task, String... states) {
        List<String> wanted = states.length == 0 ? List.of("done", "error", "cancelled", "timeout") : List.of(states);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        JsonNode found = json("/tasks/" + task);
        while (!wanted.contains(found.path("state").asString())) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("task " + task + " is still " + found + "\n" + events(task));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            found = json("/tasks/" + task);
        }
        return found;
    }

    /** Looks again and again, but not for ever. */
    static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }

    /** Waits for a success. */
    JsonNode done(long task) {
        JsonNode ended = await(task);
        if (!ended.path("state").asString().equals("done")) {
            throw new AssertionError(ended + "\n" + String.join("\n", lines(task, "event")));
        }
        return ended;
    }

    /** The error with which a task ended, the last line of its events. */
    JsonNode error(long task) {
        await(task);
        List<JsonNode> events = events(task);
        return events.get(events.size() - 1).path("error");
    }

    List<JsonNode> events(long task) {
        return lines(task, "event").stream().map(JSON::readTree).toList();
    }

    /** Lines of a task's output. */
    List<String> lines(long task, String type) {
        return get("/tasks/" + task + "/output?type=" + type).body().lines().toList();
    }

    /** What {@code instances?format=full} says, by "group/index". */
    Map<String, JsonNode> instances(String deployment) {
        long task = task(get("/deployments/" + deployment + "/instances?format=full"));
        done(task);
        Map<String, JsonNode> instances = new java.util.TreeMap<>();
        lines(task, "result").forEach(line -> {
            JsonNode instance = JSON.readTree(line);
            instances.put(
                    instance.path("job_name").asString() + "/"
                            + instance.path("index").asInt(),
                    instance);
        });
        return instances;
    }

    /** Deletes all deployments. */
    void empty() {
        List<Long> tasks = new ArrayList<>();
        json("/deployments").forEach(deployment -> {
            String name = deployment.path("name").asString();
            json("/deployments/" + name + "/instances")
                    .forEach(instance -> send(
                            "PUT",
                            "/deployments/" + name + "/instance_groups/"
                                    + instance.path("job").asString() + "/"
                                    + instance.path("id").asString() + "/ignore",
                            "{\"ignore\":false}",
                            Map.of("Content-Type", "application/json")));
            HttpResponse<String> answer = send("DELETE", "/deployments/" + name, "", Map.of());
            if (answer.statusCode() != 404) {
                tasks.add(task(answer));
            }
        });
        // One that a test was deleting itself is gone when its turn comes.
        tasks.forEach(this::await);
        if (json("/deployments").size() > 0) {
            throw new AssertionError("not deleted: " + json("/deployments"));
        }
    }
}
