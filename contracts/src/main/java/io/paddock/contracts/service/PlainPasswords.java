package io.paddock.contracts.service;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * Compares passwords that are random, and that the operator keeps in the clear anyway: an expensive hash would protect nothing, and cost 100 ms at each
 * request. It takes as long for a wrong password as for a right one, and as long for an unknown name as for a known one.
 */
public final class PlainPasswords implements PasswordEncoder {

    @Override
    public @Nullable String encode(@Nullable CharSequence password) {
        return password == null ? null : password.toString();
    }

    @Override
    public boolean matches(@Nullable CharSequence password, @Nullable String expected) {
        return password != null
                && expected != null
                && MessageDigest.isEqual(digest(password.toString()), digest(expected));
    }

    /** Digests have one length, so a comparison does not tell that of the password. */
    private static byte[] digest(String password) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(password.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
