package io.paddock.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A psql command line without a secret in it: password and CA lie in files that only their owner may read. */
final class PsqlCommand {

    private PsqlCommand() {}

    static String of(Path directory, String name, JsonNode credentials) {
        List<String> hosts = new ArrayList<>();
        credentials.path("hosts").forEach(host -> hosts.add(host.asText()));
        String user = credentials.path("username").asText();
        StringBuilder passwords = new StringBuilder();
        hosts.forEach(host -> passwords
                .append(host)
                .append(":*:*:")
                .append(user)
                .append(':')
                .append(credentials.path("password").asText())
                .append('\n'));
        Path passfile = write(directory.resolve(name + ".pgpass"), passwords.toString());
        Path ca = write(
                directory.resolve(name + ".ca.pem"), credentials.path("ca").asText());
        return "psql \"host=" + String.join(",", hosts) + " port="
                + credentials.path("port").asText() + " dbname="
                + credentials.path("dbname").asText() + " user=" + user + " sslmode="
                + credentials.path("sslmode").asText() + " sslrootcert="
                + ca.toAbsolutePath().normalize() + " passfile="
                + passfile.toAbsolutePath().normalize() + "\"";
    }

    static void forget(Path directory, String name) {
        try {
            Files.deleteIfExists(directory.resolve(name + ".pgpass"));
            Files.deleteIfExists(directory.resolve(name + ".ca.pem"));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove the files of " + name, failure);
        }
    }

    private static Path write(Path file, String text) {
        try {
            Files.deleteIfExists(file);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            return Files.writeString(file, text);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + file, failure);
        }
    }
}
