package io.paddock.minidirector.release;

import io.paddock.minidirector.system.DirectorException;
import io.paddock.minidirector.system.Directories;
import io.paddock.minidirector.system.MinidirectorProperties;
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
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Tarballs on their way in: each is a file until the task that takes it has ended. */
@Component
public class Uploads {

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(30))
            .build();

    private final Path directory;

    Uploads(MinidirectorProperties properties) {
        Directories.delete(properties.stateDirectory().resolve("uploads"));
        this.directory = Directories.create(properties.stateDirectory().resolve("uploads"), "rwx------");
    }

    /** The name under which a task finds it. */
    public String receive(InputStream content) {
        String name = UUID.randomUUID().toString();
        try {
            Files.copy(content, directory.resolve(name));
        } catch (IOException failure) {
            throw new UncheckedIOException("the upload broke off", failure);
        }
        return name;
    }

    Path file(String name) {
        return directory.resolve(name);
    }

    /** A directory that does not exist yet. */
    Path directory() {
        return directory.resolve(UUID.randomUUID().toString());
    }

    /**
     * Fetches a tarball from a web server; redirects are followed.
     *
     * @throws DirectorException uncoded, if it can't be had
     */
    String fetch(String location) {
        String name = UUID.randomUUID().toString();
        try {
            HttpResponse<Path> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create(location))
                            .timeout(PATIENCE)
                            .build(),
                    HttpResponse.BodyHandlers.ofFile(directory.resolve(name)));
            if (answer.statusCode() == 200) {
                return name;
            }
            Directories.delete(directory.resolve(name));
            throw DirectorException.uncoded(
                    "Downloading '" + location + "' failed: the server answered " + answer.statusCode());
        } catch (IOException | IllegalArgumentException failure) {
            throw DirectorException.uncoded("Downloading '" + location + "' failed: " + failure.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
