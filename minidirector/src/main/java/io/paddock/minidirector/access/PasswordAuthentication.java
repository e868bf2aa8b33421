package io.paddock.minidirector.access;

import io.paddock.minidirector.system.MinidirectorProperties;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One administrator with a password. */
final class PasswordAuthentication implements Authentication {

    private final byte[] expected;
    private final Caller administrator;

    PasswordAuthentication(MinidirectorProperties properties) {
        this.administrator = new Caller(properties.username(), Set.of(Caller.ADMIN), properties.uuid());
        this.expected = "Basic %s"
                .formatted(Base64.getEncoder()
                        .encodeToString(
                                (properties.username() + ":" + properties.password()).getBytes(StandardCharsets.UTF_8)))
                .getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Optional<Caller> caller(@Nullable String header) {
        boolean known = header != null && MessageDigest.isEqual(expected, header.getBytes(StandardCharsets.UTF_8));
        return known ? Optional.of(administrator) : Optional.empty();
    }

    @Override
    public Map<String, Object> description() {
        return Map.of("type", "basic", "options", Map.of());
    }
}
