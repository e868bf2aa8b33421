package io.paddock.minidirector.contract;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.UUID;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/** A minidirector that takes the tokens of a UAA, which the tests sign themselves. */
abstract class TokenDirectorTest extends RecordedExchanges {

    static final KeyPair KEYS = keys();
    private static final KeyPair FOREIGN_KEYS = keys();

    @DynamicPropertySource
    static void tokens(DynamicPropertyRegistry registry) {
        registry.add("director.suffix", () -> "-tokens");
        registry.add("minidirector.uaa.url", () -> "https://127.0.0.1:28443");
        registry.add(
                "minidirector.uaa.verification-key",
                () -> "-----BEGIN PUBLIC KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(KEYS.getPublic().getEncoded())
                        + "\n-----END PUBLIC KEY-----\n");
    }

    @Override
    Director director(String url) {
        return client(url, token("test", "bosh.admin"));
    }

    static Director client(String url, String token) {
        return new Director(url, "bearer " + token);
    }

    static String token(String client, String... scopes) {
        return signed(KEYS, client, UUID.randomUUID().toString(), Instant.now().plusSeconds(600), scopes);
    }

    static String expired(String client, String... scopes) {
        return signed(KEYS, client, UUID.randomUUID().toString(), Instant.now().minusSeconds(600), scopes);
    }

    static String endedJustNow(String client, String... scopes) {
        return signed(KEYS, client, UUID.randomUUID().toString(), Instant.now().minusSeconds(2), scopes);
    }

    static String refresh(String client, String... scopes) {
        return signed(KEYS, client, UUID.randomUUID() + "-r", Instant.now().plusSeconds(600), scopes);
    }

    static String ofSomebodyElse(String client, String... scopes) {
        return signed(
                FOREIGN_KEYS,
                client,
                UUID.randomUUID().toString(),
                Instant.now().plusSeconds(600),
                scopes);
    }

    private static String signed(KeyPair keys, String client, String id, Instant end, String... scopes) {
        SignedJWT token = new SignedJWT(
                new JWSHeader(JWSAlgorithm.RS256),
                new JWTClaimsSet.Builder()
                        .jwtID(id)
                        .claim("client_id", client)
                        .claim("scope", List.of(scopes))
                        .expirationTime(Date.from(end))
                        .build());
        try {
            token.sign(new RSASSASigner(keys.getPrivate()));
        } catch (JOSEException failure) {
            throw new IllegalStateException(failure);
        }
        return token.serialize();
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
