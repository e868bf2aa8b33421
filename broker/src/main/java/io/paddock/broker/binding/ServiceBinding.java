package io.paddock.broker.binding;

import io.paddock.contracts.spi.BindingCredentials.Endpoint;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A service binding. Its row is stored before its account is made, so that an account without credentials can be found again and
 * removed.
 */
@Entity
public class ServiceBinding {

    @Id
    private String id = "";

    private String instanceId = "";

    private @Nullable String appId;

    private @Nullable String predecessorId;

    private @Nullable String keyId;

    private byte @Nullable [] credentials;

    @Convert(converter = EndpointsJson.class)
    private List<Endpoint> endpoints = List.of();

    private @Nullable Instant busyUntil;

    private Instant createdAt = Instant.EPOCH;

    protected ServiceBinding() {}

    void store(CredentialCipher.Encrypted encrypted, List<Endpoint> reachedAt) {
        endpoints = reachedAt;
        keyId = encrypted.keyId();
        credentials = encrypted.bytes();
        busyUntil = null;
    }

    /** Its account is about to go, and may be gone when that is cut off: whoever wants it again gets a new one. */
    void forgetCredentials() {
        keyId = null;
        credentials = null;
    }

    /** Reserves the account for one request. */
    void occupy(Instant until) {
        busyUntil = until;
    }

    void release() {
        busyUntil = null;
    }

    boolean isBusy(Instant now) {
        return busyUntil != null && busyUntil.isAfter(now);
    }

    /** The seconds that it stays occupied at most, a begun one counted as whole. */
    long secondsBusy(Instant now) {
        return busyUntil == null ? 0 : Duration.between(now, busyUntil).toSeconds() + 1;
    }

    boolean isOccupiedBy(Instant until) {
        return until.equals(busyUntil);
    }

    /** Empty while the account is being made or removed, or when that was cut off. */
    Optional<CredentialCipher.Encrypted> credentials() {
        return keyId == null || credentials == null
                ? Optional.empty()
                : Optional.of(new CredentialCipher.Encrypted(keyId, credentials));
    }

    String id() {
        return id;
    }

    String instanceId() {
        return instanceId;
    }

    /** Where the application connects to. */
    List<Endpoint> endpoints() {
        return endpoints;
    }

    /** The binding that this one takes over from (OSB 2.17, Binding Rotation). */
    Optional<String> predecessorId() {
        return Optional.ofNullable(predecessorId);
    }

    Optional<String> appId() {
        return Optional.ofNullable(appId);
    }
}
