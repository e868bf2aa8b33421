package io.paddock.minidirector.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * Who may do what with a token: reference/bosh-director.md, B.1 (authentication) and B.2. What was recorded with a real director goes first,
 * the rules that the recordings do not show follow.
 */
@Tag("security")
@Tag("verify")
class TokensAndTeamsTest extends TokenDirectorTest {

    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
    private static final Map<String, String> YAML = Map.of("Content-Type", "text/yaml");
    private static final Map<String, String> CLIENTS =
            Map.of("bosh.admin", "deployer", "bosh.read", "reader", "bosh.teams.t1.admin", "team");

    @Override
    Map<String, Consumer<RecordedExchanges>> files() {
        return Map.of("uaa", test -> {});
    }

    @Override
    String authorization(String recorded) {
        if (recorded.isEmpty()) {
            return "none";
        }
        String what = recorded.replaceAll(".*\\((.*)\\).*", "$1");
        return switch (what) {
            case "basic" -> "Basic dGVzdDp0ZXN0";
            case "garbage" -> "bearer garbage";
            case "broken signature" -> "bearer " + ofSomebodyElse("deployer", "bosh.admin");
            case "expired" -> "bearer " + expired("deployer", "bosh.admin");
            default -> recorded.substring(0, recorded.indexOf(' ') + 1) + token(CLIENTS.get(what), what);
        };
    }

    @Test
    void aRefreshTokenIsNoAccess() {
        assertThat(client(url(), refresh("deployer", "bosh.admin"))
                        .get("/deployments")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aTokenCountsToTheSecondOfItsEnd() {
        assertThat(client(url(), endedJustNow("deployer", "bosh.admin"))
                        .get("/deployments")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aReaderReadsWhatTasksSayButNotTheirDebugOutput() {
        Director reader = client(url(), token("reader", "bosh.read"));
        long task = director.deploy(Manifests.deployment("d").toString());
        director.done(task);

        assertThat(reader.get("/tasks/" + task + "/output?type=none").statusCode())
                .isEqualTo(204);
        assertThat(reader.get("/tasks/" + task + "/output?type=odd").body()).contains("Unknown type odd");
        assertThat(reader.get("/tasks/" + task + "/output?type=cpi").statusCode())
                .isEqualTo(401);
        assertThat(reader.get("/tasks/" + task + "/output").statusCode()).isEqualTo(401);
        assertThat(reader.get("/tasks/" + task + "/output?type=").statusCode()).isEqualTo(401);
    }

    @Test
    void theChallengeIsTheOneOfAPasswordAlsoWithTokens() {
        HttpResponse<String> answer = director.get("/deployments");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Basic realm=\"BOSH Director\"");
    }

    @ParameterizedTest
    @CsvSource({
        "bosh.%s.admin, DELETE, /task/99999, 404",
        "bosh.%s.admin, GET, /locks, 200",
        "bosh.%s.read, GET, /locks, 200",
        "bosh.%s.read, DELETE, /deployments/nothing, 401",
        "bosh.other.admin, GET, /locks, 401",
        "bosh.releases.upload, POST, /releases, 302",
        "bosh.releases.upload, POST, /stemcells, 401",
        "bosh.stemcells.upload, POST, /stemcells, 302",
        "bosh.stemcells.upload, POST, /releases, 401",
        "bosh.teams.t1.admin, POST, /releases, 401",
        "bosh.teams.t1.read, GET, /deployments, 401",
        "bosh.teams.t1.admin, GET, /events, 200",
        "bosh.teams.t1.admin, GET, /orphan_disks, 401",
        "bosh.teams.t1.admin, GET, /api/v1/data?path=/, 401",
        "bosh.read, GET, /orphan_disks, 401",
        "bosh.read, GET, /api/v1/data?path=/, 401",
        "bosh.read, GET, /resources/nothing, 401",
        "openid, GET, /deployments, 401",
        "openid, GET, /info, 200"
    })
    void aScopeOpensItsRoutesAndNoOthers(String scope, String method, String path, int status) {
        String uuid = director.json("/info").path("uuid").asString();
        Director client = client(url(), token("somebody", String.format(scope, uuid)));

        HttpResponse<String> answer = client.send(
                method, path, method.equals("POST") ? "x" : "", Map.of("Content-Type", "application/x-compressed"));

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        if (status == 401) {
            assertThat(Director.JSON.readTree(answer.body()).path("code").asInt())
                    .isEqualTo(600000);
        }
    }

    @Test
    void aTeamChangesItsOwnDeploymentsAndNobodyElses() {
        Director one = client(url(), token("one", "bosh.teams.one.admin"));
        Director two = client(url(), token("two", "bosh.teams.two.admin"));
        String manifest = Manifests.deployment("of-one").toString();
        one.done(one.deploy(manifest));

        assertThat(one.json("/deployments").get(0).path("teams").toString()).isEqualTo("[\"one\"]");
        assertThat(two.json("/deployments").size()).isZero();
        assertThat(two.json("/tasks").size()).isZero();
        assertThat(one.json("/tasks").size()).isEqualTo(1);
        for (HttpResponse<String> refused : List.of(
                two.get("/deployments/of-one"),
                two.get("/deployments/of-one/instances?format=full"),
                two.send("POST", "/deployments", manifest, YAML),
                two.send("DELETE", "/deployments/of-one", "", Map.of()),
                two.send("POST", "/deployments/of-one/errands/smoke/runs", "{}", JSON))) {
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(401);
            assertThat(refused.body()).contains("600000", "bosh.teams.one.admin");
        }
        Director reader = client(url(), token("reader", "bosh.teams.one.read"));
        assertThat(reader.get("/deployments/of-one").statusCode()).isEqualTo(200);
        assertThat(reader.send("DELETE", "/deployments/of-one", "", Map.of()).statusCode())
                .isEqualTo(401);
        for (String secret : List.of("variables", "problems", "jobs/web/0", "jobs/web/0/logs", "snapshots")) {
            assertThat(reader.get("/deployments/of-one/" + secret).statusCode())
                    .as(secret)
                    .isEqualTo(401);
        }
        assertThat(one.json("/events?object_type=deployment").size()).isPositive();
        assertThat(two.json("/events?object_type=deployment").size()).isZero();
        String provider =
                one.json("/link_providers?deployment=of-one").get(0).path("id").asString();
        String link = Director.JSON
                .readTree(director.send(
                                "POST",
                                "/links",
                                "{\"link_provider_id\": \"" + provider
                                        + "\", \"link_consumer\": {\"owner_object\": {\"name\": \"x\", \"type\": \"external\"}}}",
                                JSON)
                        .body())
                .path("id")
                .asString();
        assertThat(one.get("/link_address?link_id=" + link).statusCode()).isEqualTo(200);
        assertThat(two.get("/link_address?link_id=" + link + "&deployment=nobodys")
                        .statusCode())
                .isEqualTo(401);

        long deletion = Director.task(one.send("DELETE", "/deployments/of-one", "", Map.of()));

        assertThat(one.await(deletion).path("state").asString()).isEqualTo("done");
        assertThat(two.get("/tasks/" + deletion).statusCode()).isEqualTo(401);
    }

    @Test
    void aTeamCancelsItsOwnTasksOnly() {
        Director one = client(url(), token("canceller", "bosh.teams.cancelling.admin"));
        Director two = client(url(), token("two", "bosh.teams.two.admin"));
        long task = one.deploy(
                Manifests.deployment("of-cancelling").with("start_seconds", 3).toString());
        one.await(task, "processing");

        assertThat(two.send("DELETE", "/task/" + task, "", Map.of()).statusCode())
                .isEqualTo(401);
        two.send("POST", "/tasks/cancel", "{\"states\": [\"queued\", \"processing\"]}", JSON);
        assertThat(one.json("/tasks/" + task).path("state").asString()).isEqualTo("processing");
        assertThat(one.send("DELETE", "/task/" + task, "", Map.of()).statusCode())
                .isEqualTo(204);

        assertThat(one.await(task).path("state").asString()).isEqualTo("cancelled");
    }

    @Test
    void aTeamsConfigsAreItsOwn() {
        Director one = client(url(), token("one", "bosh.teams.one.admin"));
        Director two = client(url(), token("two", "bosh.teams.two.admin"));
        String config = "{\"type\": \"cloud\", \"name\": \"of-one\", \"content\": \"vm_types: [{name: mine}]\"}";
        JsonNode made = Director.JSON.readTree(
                one.send("POST", "/configs", config, JSON).body());

        assertThat(made.path("team").asString()).isEqualTo("one");
        assertThat(one.json("/configs?latest=true").findValuesAsString("name")).containsExactly("of-one");
        assertThat(two.json("/configs?latest=true").size()).isZero();
        String id = made.path("id").asString();
        assertThat(two.get("/configs/" + id).statusCode()).isEqualTo(401);
        assertThat(two.send(
                                "POST",
                                "/configs/diff",
                                "{\"from\": {\"id\": \"" + id + "\"}, \"to\": {\"content\": \"a: 1\"}}",
                                JSON)
                        .statusCode())
                .isEqualTo(401);
        assertThat(two.send("POST", "/configs/diff", config, JSON).statusCode()).isEqualTo(401);
        assertThat(two.send("POST", "/configs", config.replace("mine", "stolen"), JSON)
                        .statusCode())
                .isEqualTo(401);
        assertThat(two.send("DELETE", "/configs/" + id, "", Map.of()).statusCode())
                .isEqualTo(401);
        assertThat(one.send("DELETE", "/configs/" + id, "", Map.of()).statusCode())
                .isEqualTo(204);
    }
}
