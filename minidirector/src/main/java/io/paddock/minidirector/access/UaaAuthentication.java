package io.paddock.minidirector.access;

import io.paddock.minidirector.system.MinidirectorProperties;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.springframework.security.oauth2.core.DelegatingOAuth2TokenValidator;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;
import org.springframework.security.oauth2.jwt.JwtTimestampValidator;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;

/** Tokens of a UAA: signature and expiry count, the audience does not; a refresh token is none. */
final class UaaAuthentication implements Authentication {

    private static final String PREFIX = "bearer ";
    private static final String REFRESH_TOKEN = "-r";
    private static final int SHORTEST_SECRET = 32;

    private final String url;
    private final String directorUuid;
    private final JwtDecoder tokens;

    UaaAuthentication(MinidirectorProperties.Uaa uaa, String directorUuid) {
        this.url = uaa.url();
        this.directorUuid = directorUuid;
        NimbusJwtDecoder decoder = decoder(uaa.verificationKey());
        decoder.setJwtValidator(new DelegatingOAuth2TokenValidator<>(
                new JwtTimestampValidator(Duration.ZERO), new JwtClaimValidator<>("exp", Objects::nonNull)));
        this.tokens = decoder;
    }

    @Override
    public Optional<Caller> caller(@Nullable String header) {
        if (header == null || !header.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
            return Optional.empty();
        }
        try {
            Jwt token = tokens.decode(header.substring(PREFIX.length()));
            return token.getId() != null && token.getId().endsWith(REFRESH_TOKEN)
                    ? Optional.empty()
                    : Optional.of(new Caller(user(token), scopes(token), directorUuid));
        } catch (JwtException notAToken) {
            return Optional.empty();
        }
    }

    @Override
    public Map<String, Object> description() {
        return Map.of("type", "uaa", "options", Map.of("url", url, "urls", List.of(url)));
    }

    /** A person's name, or the client's that acts for itself. */
    private static String user(Jwt token) {
        return Stream.of("user_name", "client_id")
                .map(token::getClaimAsString)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
    }

    private static Set<String> scopes(Jwt token) {
        List<String> scopes = token.getClaimAsStringList("scope");
        return scopes == null ? Set.of() : new LinkedHashSet<>(scopes);
    }

    private static NimbusJwtDecoder decoder(String key) {
        if (!key.contains("BEGIN PUBLIC KEY")) {
            if (key.length() < SHORTEST_SECRET) {
                throw new IllegalStateException("minidirector.uaa.verification-key is neither a public key nor a secret"
                        + " of at least " + SHORTEST_SECRET + " characters");
            }
            return NimbusJwtDecoder.withSecretKey(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"))
                    .build();
        }
        try {
            byte[] encoded = Base64.getMimeDecoder().decode(key.replaceAll("-----[A-Z ]+-----", ""));
            return NimbusJwtDecoder.withPublicKey((RSAPublicKey)
                            KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded)))
                    .build();
        } catch (GeneralSecurityException | IllegalArgumentException broken) {
            throw new IllegalStateException(
                    "minidirector.uaa.verification-key is not a public RSA key: " + broken.getMessage(), broken);
        }
    }
}
