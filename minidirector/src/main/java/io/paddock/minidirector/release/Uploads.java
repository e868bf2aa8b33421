package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
import io.paddock.minidirector.task.Task;
import io.paddock.minidirector.task.TaskStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Tarballs on their way in: each is a file until the task that takes it has ended, or the director starts anew. */
@Component
public class Uploads {

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    private final Path directory;

    Uploads(MinidirectorProperties properties, TaskStore tasks) {
        this.directory = Directories.create(properties.stateDirectory().resolve("uploads"), "rwx------");
        removeForgotten(tasks);
    }

    /** What the last director left, but for what a waiting task still needs. */
    private void removeForgotten(TaskStore tasks) {
        Set<String> wanted = tasks.newestFirst().stream()
                .filter(task -> task.state() == Task.State.QUEUED)
                .flatMap(task -> task.input().values().stream())
                .collect(Collectors.toSet());
        try (Stream<Path> found = Files.list(directory)) {
            found.filter(file -> !wanted.contains(file.getFileName().toString()))
                    .forEach(Directories::delete);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The name under which a task finds it. */
    public String receive(InputStream content) {
        String name = UUID.randomUUID().toString();
        try {
            Files.copy(content, directory.resolve(name));
        } catch (IOException failure) {
            Directories.delete(directory.resolve(name));
            throw new UncheckedIOException("the upload broke off", failure);
        }
        return name;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** What a task has in its input, see {@link Upload#FILE}. */
    Upload of(Task task) {
        return new Upload(this, task, temporary());
    }

    /** A new name among the uploads: what is left there is removed at the next start. */
    Path temporary() {
        return directory.resolve(UUID.randomUUID().toString());
    }

    /**
     * Fetches a tarball from a web server; redirects are followed.
     *
     * @throws DirectorException uncoded, if it can't be had
     */
    String fetch(String location) {
        String name = UUID.randomUUID().toString();
        boolean complete = false;
        try {
            HttpResponse<Path> answer = download(location, directory.resolve(name));
            if (answer.statusCode() != 200) {
                throw failed(location, "the server answered " + answer.statusCode());
            }
            complete = true;
            return name;
        } catch (ExecutionException failure) {
            throw failed(location, failure.getCause().getClass().getSimpleName());
        } catch (TimeoutException tooSlow) {
            throw failed(location, "it took longer than " + PATIENCE.toMinutes() + " minutes");
        } catch (IllegalArgumentException notAnAddress) {
            throw DirectorException.uncoded("Downloading failed: the location is not an address of a web server");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        } finally {
            if (!complete) {
                Directories.delete(directory.resolve(name));
            }
        }
    }

    private static HttpResponse<Path> download(String location, Path target)
            throws InterruptedException, ExecutionException, TimeoutException {
        CompletableFuture<HttpResponse<Path>> answer = HTTP.sendAsync(
                HttpRequest.newBuilder(URI.create(location)).build(), HttpResponse.BodyHandlers.ofFile(target));
        try {
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } finally {
            answer.cancel(true);
        }
    }

    /** Without what an address may hold besides: a user with a password, a token. */
    private static DirectorException failed(String location, String reason) {
        URI address = URI.create(location);
        return DirectorException.uncoded(
                "Downloading from " + address.getHost() + address.getPath() + " failed: " + reason);
    }
}
