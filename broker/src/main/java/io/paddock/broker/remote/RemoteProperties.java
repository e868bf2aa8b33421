package io.paddock.broker.remote;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The services behind the broker.
 *
 * @param connectTimeout until a connection stands
 * @param interactiveTimeout until an answer that a user waits for is there; two such calls must fit into 5 s
 * @param workerTimeout until an answer that only the worker waits for is there
 */
@Validated
@ConfigurationProperties("broker.remote")
public record RemoteProperties(
        @NotNull @Valid Peer spi,
        @NotNull @Valid Peer deployer,
        @DefaultValue("1s") Duration connectTimeout,
        @DefaultValue("2300ms") Duration interactiveTimeout,
        @DefaultValue("30s") Duration workerTimeout) {

    /**
     * @param url address of the service
     * @param username of the basic authentication
     * @param password of the basic authentication
     */
    public record Peer(
            @NotNull URI url,
            @NotBlank String username,
            @NotBlank String password) {

        /** Without the password. */
        @Override
        public String toString() {
            return "Peer[url=" + url + ", username=" + username + "]";
        }
    }
}
