package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Links between jobs and to the outside: reference/bosh-director.md, B.5. */
class LinksTest extends DirectorTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    @AfterEach
    void leaveNothing() {
        director.empty();
    }

    @Test
    void aDeploymentListsItsProvidersConsumersAndLinks() {
        deploy();

        JsonNode provider = only("/link_providers?deployment=d");
        JsonNode consumer = only("/link_consumers?deployment=d");
        JsonNode link = only("/links?deployment=d");

        assertThat(provider.path("name").asString()).isEqualTo("web");
        assertThat(provider.path("shared").asBoolean()).isFalse();
        assertThat(provider.path("link_provider_definition").toString())
                .contains("\"type\":\"web\"", "\"name\":\"web\"");
        assertThat(provider.path("owner_object")
                        .path("info")
                        .path("instance_group")
                        .asString())
                .isEqualTo("web");
        assertThat(consumer.path("name").asString()).isEqualTo("peer");
        assertThat(consumer.path("optional").asBoolean()).isTrue();
        assertThat(consumer.path("owner_object").path("type").asString()).isEqualTo("job");
        assertThat(link.path("link_provider_id")).isEqualTo(provider.path("id"));
        assertThat(link.path("link_consumer_id")).isEqualTo(consumer.path("id"));
        assertThat(link.path("created_at").asString()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC");
    }

    @Test
    void aLinkKeepsItsIdThroughADeployAndGoesWithItsDeployment() {
        deploy();
        JsonNode before = only("/links?deployment=d");

        deploy();
        assertThat(only("/links?deployment=d")).isEqualTo(before);
        director.done(director.deploy(Manifests.deployment("d")
                .toString()
                .replace("release: demo,", "release: demo, consumes: {peer: nil},")));
        assertThat(director.json("/links?deployment=d").size()).isZero();
        assertThat(director.json("/link_consumers?deployment=d").size()).isZero();
        assertThat(director.json("/link_providers?deployment=d").size()).isEqualTo(1);
        director.empty();

        assertThat(director.get("/links?deployment=d").statusCode()).isEqualTo(404);
        deploy();
        assertThat(only("/link_providers?deployment=d").path("id")).isNotEqualTo(before.path("link_provider_id"));
    }

    @Test
    void somebodyOutsideIsLinkedToAProviderAndAsksForItsAddress() {
        deploy();
        String provider = only("/link_providers?deployment=d").path("id").asString();

        HttpResponse<String> made = link(provider, "external", "");

        assertThat(made.statusCode()).isEqualTo(200);
        String id = Director.JSON.readTree(made.body()).path("id").asString();
        assertThat(director.json("/link_address?link_id=" + id).path("address").asString())
                .isEqualTo("q-s0.web.default.d.bosh");
        assertThat(director.json("/link_consumers?deployment=d")
                        .valueStream()
                        .map(consumer ->
                                consumer.path("owner_object").path("type").asString()))
                .containsExactlyInAnyOrder("job", "external");
        assertThat(director.send("DELETE", "/links/" + id, "", Map.of()).statusCode())
                .isEqualTo(204);
        assertThat(director.get("/link_address?link_id=" + id).statusCode()).isEqualTo(404);
    }

    @Test
    void whatIsNoLinkIsRefused() {
        deploy();
        String internal = only("/links?deployment=d").path("id").asString();
        String provider = only("/link_providers?deployment=d").path("id").asString();

        for (HttpResponse<String> refused : List.of(
                link("99999", "external", ""),
                link(provider, "job", ""),
                director.send("DELETE", "/links/" + internal, "", Map.of()),
                director.get("/link_address"),
                director.get("/links"))) {
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
        }
        assertThat(only("/links?deployment=d").path("id").asString()).isEqualTo(internal);
    }

    private HttpResponse<String> link(String provider, String type, String more) {
        return director.send(
                "POST",
                "/links",
                "{\"link_provider_id\": \"" + provider
                        + "\", \"link_consumer\": {\"owner_object\": {\"name\": \"visitor\"," + " \"type\": \"" + type
                        + "\"}}" + more + "}",
                JSON);
    }

    private JsonNode only(String path) {
        JsonNode list = director.json(path);
        assertThat(list.size()).as(list.toString()).isEqualTo(1);
        return list.get(0);
    }

    private void deploy() {
        director.done(director.deploy(Manifests.deployment("d").toString()));
    }
}
