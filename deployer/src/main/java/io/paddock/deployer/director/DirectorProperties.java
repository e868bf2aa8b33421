package io.paddock.deployer.director;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/**
 * The director that deploys.
 *
 * @param url such as https://192.0.2.1:25555
 * @param client user name, or UAA client of a team (not of an administrator)
 * @param clientSecret its password or secret
 * @param caCert PEM text, or the path of a PEM file, of the CA of the director, its UAA and its config server; the JVM's own CAs without it
 * @param configServer URL of the config server; without it the one at the director's own address
 * @param connectTimeout until a connection stands
 * @param readTimeout until an answer is there
 */
@Validated
@ConfigurationProperties("deployer.director")
public record DirectorProperties(
        @NotNull URI url,
        @NotBlank String client,
        @NotBlank String clientSecret,
        @Nullable String caCert,
        @Nullable URI configServer,
        @DefaultValue("2s") Duration connectTimeout,
        @DefaultValue("20s") Duration readTimeout) {

    /** Without the secret. */
    @Override
    public String toString() {
        return "DirectorProperties[url=" + url + ", client=" + client + "]";
    }
}
