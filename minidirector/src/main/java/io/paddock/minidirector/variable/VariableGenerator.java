package io.paddock.minidirector.variable;

import io.paddock.minidirector.certificate.Certificates;
import io.paddock.minidirector.certificate.Certificates.Issued;
import io.paddock.minidirector.certificate.Certificates.KeyType;
import io.paddock.minidirector.certificate.Certificates.Wish;
import io.paddock.minidirector.system.DirectorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bouncycastle.crypto.util.OpenSSHPublicKeyUtil;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** Makes values of the types that a manifest's {@code variables} block may name; defaults are CredHub's. */
final class VariableGenerator {

    private static final String ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final int PASSWORD_LENGTH = 30;
    private static final int USERNAME_LENGTH = 20;
    private static final int KEY_LENGTH = 2048;
    private static final int VALID_DAYS = 365;
    private static final SecureRandom RANDOM = new SecureRandom();

    private VariableGenerator() {}

    /** @param certificates finds the value of a certificate variable by name, for {@code options.ca} */
    static Object generate(
            String name,
            String type,
            Map<String, Object> options,
            Function<String, Map<String, Object>> certificates,
            Instant now) {
        return switch (type) {
            case "password" -> characters(number(options, "length", PASSWORD_LENGTH));
            case "user" ->
                Map.of(
                        "username", options.getOrDefault("username", characters(USERNAME_LENGTH)),
                        "password", characters(number(options, "length", PASSWORD_LENGTH)));
            case "certificate" -> certificate(name, options, certificates, now);
            case "rsa" -> rsa(options);
            case "ssh" -> ssh(options);
            default ->
                throw new DirectorException(
                        540005,
                        "Config Server failed to generate value for '" + name + "' with type '" + type
                                + "'. HTTP Code '400', Error: 'Unsupported value type: " + type + "'");
        };
    }

    private static Map<String, Object> certificate(
            String name, Map<String, Object> options, Function<String, Map<String, Object>> certificates, Instant now) {
        boolean isCa = Boolean.TRUE.equals(options.get("is_ca"));
        Object issuerName = options.get("ca");
        if (issuerName == null && !isCa) {
            throw new DirectorException(
                    540009,
                    "Failed to generate variable '" + name
                            + "' from config server: a certificate needs 'ca' or 'is_ca'");
        }
        Issued issuer = null;
        if (issuerName != null) {
            Map<String, Object> found = certificates.apply(issuerName.toString());
            issuer = new Issued(
                    String.valueOf(found.get("certificate")),
                    String.valueOf(found.get("certificate")),
                    String.valueOf(found.get("private_key")));
        }
        Issued issued = Certificates.issue(
                new Wish(
                        String.valueOf(options.getOrDefault("common_name", name)),
                        strings(options.get("alternative_names")),
                        isCa,
                        KeyType.rsa(number(options, "key_length", KEY_LENGTH)),
                        Duration.ofDays(number(options, "duration", VALID_DAYS)),
                        issuer),
                now);
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("ca", issuer == null ? issued.certificate() : issuer.certificate());
        value.put("certificate", issued.certificate());
        value.put("private_key", issued.privateKey());
        return value;
    }

    private static Map<String, Object> rsa(Map<String, Object> options) {
        try {
            KeyPair keys = Certificates.keyPair(KeyType.rsa(number(options, "key_length", KEY_LENGTH)));
            return Map.of(
                    "public_key",
                    Certificates.pem(keys.getPublic()),
                    "private_key",
                    Certificates.pem(keys.getPrivate()));
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("cannot make a key", failure);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The public key as a line of authorized_keys, with CredHub's fingerprint of it. */
    private static Map<String, Object> ssh(Map<String, Object> options) {
        try {
            KeyPair keys = Certificates.keyPair(KeyType.rsa(number(options, "key_length", KEY_LENGTH)));
            byte[] wire = OpenSSHPublicKeyUtil.encodePublicKey(
                    PublicKeyFactory.createKey(keys.getPublic().getEncoded()));
            Base64.Encoder base64 = Base64.getEncoder();
            Object comment = options.get("ssh_comment");
            return Map.of(
                    "public_key",
                    "ssh-rsa " + base64.encodeToString(wire) + (comment == null ? "" : " " + comment),
                    "private_key",
                    Certificates.pem(keys.getPrivate()),
                    "public_key_fingerprint",
                    base64.withoutPadding()
                            .encodeToString(MessageDigest.getInstance("SHA-256").digest(wire)));
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException("cannot make a key", failure);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String characters(int length) {
        StringBuilder text = new StringBuilder(length);
        RANDOM.ints(length, 0, ALPHANUMERIC.length()).forEach(i -> text.append(ALPHANUMERIC.charAt(i)));
        return text.toString();
    }

    private static int number(Map<String, Object> options, String key, int otherwise) {
        return options.get(key) instanceof Number number ? number.intValue() : otherwise;
    }

    private static List<String> strings(@org.jspecify.annotations.Nullable Object value) {
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }
}
