package io.paddock.minidirector.certificate;

import io.paddock.minidirector.system.Directories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The director's own CA and server certificate, made at the first start and before they run out. */
public final class DirectorCertificate {

    private static final Duration VALIDITY = Duration.ofDays(825);
    private static final Duration RENEW_BEFORE = Duration.ofDays(30);

    private final Path directory;

    private DirectorCertificate(Path directory) {
        this.directory = directory;
    }

    public static DirectorCertificate in(Path stateDirectory) {
        Directories.create(stateDirectory, "rwx------");
        DirectorCertificate certificate =
                new DirectorCertificate(Directories.create(stateDirectory.resolve("tls"), "rwx------"));
        certificate.ensure();
        return certificate;
    }

    public Map<String, Object> serverProperties() {
        return Map.of(
                "server.ssl.certificate", file("server.pem").toUri().toString(),
                "server.ssl.certificate-private-key", file("server.key").toUri().toString());
    }

    /** When the director's certificates end, by name; empty if it has none. */
    public static Map<String, Instant> expiries(Path stateDirectory) {
        Map<String, Instant> ends = new TreeMap<>();
        for (String name : List.of("ca.pem", "server.pem")) {
            Path file = stateDirectory.resolve("tls").resolve(name);
            try {
                if (Files.exists(file)) {
                    ends.put("director.tls." + name, Certificates.expiry(Files.readString(file)));
                }
            } catch (IOException failure) {
                throw new UncheckedIOException("cannot read " + file, failure);
            }
        }
        return ends;
    }

    private void ensure() {
        Instant now = Instant.now();
        try {
            if (Files.exists(file("server.pem"))
                    && Certificates.expiry(Files.readString(file("server.pem"))).isAfter(now.plus(RENEW_BEFORE))) {
                return;
            }
            Certificates.Issued ca = Certificates.issue(
                    new Certificates.Wish("minidirector CA", List.of(), true, Certificates.KeyType.EC, VALIDITY, null),
                    now);
            Certificates.Issued server = Certificates.issue(
                    new Certificates.Wish(
                            "minidirector",
                            List.of("127.0.0.1", "localhost"),
                            false,
                            Certificates.KeyType.EC,
                            VALIDITY,
                            ca),
                    now);
            write("ca.pem", ca.certificate());
            write("server.key", server.privateKey());
            write("server.pem", server.certificate());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot keep the director's certificate in " + directory, failure);
        }
    }

    private void write(String name, String text) throws IOException {
        Path file = file(name);
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, text);
    }

    private Path file(String name) {
        return directory.resolve(name);
    }
}
