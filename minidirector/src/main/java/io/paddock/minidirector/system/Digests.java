package io.paddock.minidirector.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of files, as BOSH writes them: SHA-1 bare, SHA-256 with its name before it. */
public final class Digests {

    private static final String SHA256 = "sha256:";

    private Digests() {}

    public static String sha1(Path file) {
        return hexadecimal("SHA-1", file);
    }

    public static String sha1(String text) {
        return hexadecimal("SHA-1", text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param expected SHA-1 in hexadecimal, or {@code sha256:} and SHA-256 */
    public static boolean matches(Path file, String expected) {
        return expected.startsWith(SHA256)
                ? expected.equals(SHA256 + hexadecimal("SHA-256", file))
                : expected.equals(sha1(file));
    }

    private static String hexadecimal(String algorithm, Path file) {
        try {
            return hexadecimal(algorithm, Files.readAllBytes(file));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    private static String hexadecimal(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
