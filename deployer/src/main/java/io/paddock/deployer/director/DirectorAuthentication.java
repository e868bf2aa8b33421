package io.paddock.deployer.director;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.client.RestClient;

/**
 * The Authorization header as the director's {@code /info} asks for it: basic, or a token of its UAA. A token is used until the
 * director refuses it and then replaced, since a director with a clock of its own has the last word on its age.
 */
class DirectorAuthentication {

    private final DirectorProperties properties;
    private final RestClient http;
    private volatile @Nullable String tokenUrl;
    private volatile @Nullable String header;

    DirectorAuthentication(DirectorProperties properties, RestClient http) {
        this.properties = properties;
        this.http = http;
    }

    record Info(@JsonProperty("user_authentication") UserAuthentication userAuthentication) {}

    record UserAuthentication(String type, Map<String, Object> options) {}

    record Token(@JsonProperty("access_token") String accessToken) {}

    String header() {
        String known = header;
        return known != null ? known : first();
    }

    /** Gets a new token after a refusal; false where there is nothing to renew. */
    boolean renew() {
        if (tokenUrl == null) {
            return false;
        }
        header = token();
        return true;
    }

    private synchronized String first() {
        String known = header;
        if (known != null) {
            return known;
        }
        Info info = DirectorHttp.reaching(
                "the director",
                () -> http.get()
                        .uri(properties.url() + "/info")
                        .accept(MediaType.APPLICATION_JSON)
                        .retrieve()
                        .body(Info.class));
        if (info == null || info.userAuthentication() == null) {
            throw Failures.unavailable(properties.url() + " does not answer like a director", null);
        }
        String made = switch (info.userAuthentication().type()) {
            case "basic" -> basic();
            case "uaa" -> {
                tokenUrl = info.userAuthentication().options().get("url") + "/oauth/token";
                yield token();
            }
            default ->
                throw Failures.unavailable(
                        "the director wants authentication of an unknown type: "
                                + info.userAuthentication().type(),
                        null);
        };
        header = made;
        return made;
    }

    private String basic() {
        return "Basic "
                + HttpHeaders.encodeBasicAuth(properties.client(), properties.clientSecret(), StandardCharsets.UTF_8);
    }

    private String token() {
        MultiValueMap<String, String> form = new LinkedMultiValueMap<>();
        form.put("grant_type", List.of("client_credentials"));
        Token token = DirectorHttp.reaching(
                "the director's UAA",
                () -> http.post()
                        .uri(String.valueOf(tokenUrl))
                        .header(HttpHeaders.AUTHORIZATION, basic())
                        .contentType(MediaType.APPLICATION_FORM_URLENCODED)
                        .accept(MediaType.APPLICATION_JSON)
                        .body(form)
                        .retrieve()
                        .body(Token.class));
        if (token == null || token.accessToken() == null) {
            throw Failures.unavailable("the director's UAA gave no token", null);
        }
        return "bearer " + token.accessToken();
    }
}
