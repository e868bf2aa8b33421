package io.paddock.deployer.credential;

import io.paddock.deployer.director.DirectorHttp;
import io.paddock.deployer.director.Failures;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;

/** Three calls of CredHub's API: read, list below a path, delete. */
@Component
public class ConfigServerClient {

    private static final String PEER = "the config server";

    private final RestClient http;

    ConfigServerClient(DirectorHttp http) {
        this.http = http.configServer();
    }

    record Versions(List<Version> data) {}

    /** @param value a text, or an object for certificates and the like */
    record Version(String name, Object value) {}

    record Found(List<Name> credentials) {}

    record Name(String name) {}

    /** The current value of a credential; a text, or a map for one of several fields. */
    public Optional<Object> value(String name) {
        ResponseEntity<Versions> answer = DirectorHttp.reaching(
                PEER,
                () -> http.get()
                        .uri("/api/v1/data?name={name}&current=true", name)
                        .accept(MediaType.APPLICATION_JSON)
                        .retrieve()
                        .toEntity(Versions.class));
        if (absent(answer.getStatusCode())) {
            return Optional.empty();
        }
        Versions versions = answer.getBody();
        if (versions == null || versions.data() == null || versions.data().isEmpty()) {
            throw Failures.unavailable(PEER + " answered without a value for " + name, null);
        }
        return Optional.of(versions.data().get(0).value());
    }

    /** Removes all credentials below a path; none is fine. */
    public void deleteBelow(String path) {
        for (String credential : namesBelow(path)) {
            absent(DirectorHttp.reaching(
                            PEER,
                            () -> http.delete()
                                    .uri("/api/v1/data?name={name}", credential)
                                    .retrieve()
                                    .toBodilessEntity())
                    .getStatusCode());
        }
    }

    /** Names of all credentials below a path. */
    public List<String> namesBelow(String path) {
        ResponseEntity<Found> answer = DirectorHttp.reaching(
                PEER,
                () -> http.get()
                        .uri("/api/v1/data?path={path}", path)
                        .accept(MediaType.APPLICATION_JSON)
                        .retrieve()
                        .toEntity(Found.class));
        Found found = answer.getBody();
        return absent(answer.getStatusCode()) || found == null
                ? List.of()
                : found.credentials().stream().map(Name::name).toList();
    }

    /** Whether the answer says that there is none; any other refusal is thrown. */
    private static boolean absent(HttpStatusCode status) {
        if (status.is2xxSuccessful()) {
            return false;
        }
        if (status.value() == 404) {
            return true;
        }
        throw Failures.unavailable(
                Map.of(
                                401,
                                PEER + " refuses the deployer's client",
                                403,
                                PEER + " lets the deployer's client do less than it must")
                        .getOrDefault(status.value(), PEER + " answered " + status.value()),
                null);
    }
}
