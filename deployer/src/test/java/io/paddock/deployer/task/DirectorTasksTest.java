package io.paddock.deployer.task;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.deployer.DirectorStandIn;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpMethod;
import tools.jackson.databind.JsonNode;

class DirectorTasksTest extends DirectorStandIn {

    @Test
    void aFailureIsToldWithTheWholeMessageFromTheEventStream() {
        task(176, "fail-pre-start", "deploy-task-error", "deploy-event");

        JsonNode task = read(176);

        assertThat(task.path("state").asString()).isEqualTo("FAILED");
        assertThat(task.path("error").asString()).contains("1 of 1 pre-start scripts failed. Failed Jobs: web.");
    }

    @Test
    void aRenderingErrorKeepsTheLinesThatTheShortResultDrops() {
        task(173, "fail-missing-property", "deploy-task-error", "deploy-event");

        assertThat(read(173).path("error").asString()).contains("Can't find property '[\"mandatory\"]'");
    }

    @Test
    void aLockThatWasNotFreeMeansTryAgain() {
        task(249, "two-deploys-at-once", "second-task-error", "second-event");

        JsonNode task = read(249);

        assertThat(task.path("state").asString()).isEqualTo("INTERRUPTED");
        assertThat(task.path("error").asString()).contains("Failed to acquire lock");
    }

    @Test
    void aCancelledTaskIsNotASuccess() {
        task(245, "cancel-running-task", "cancelled-task-cancelled", "cancelled-event");

        assertThat(read(245).path("state").asString()).isEqualTo("CANCELLED");
    }

    @Test
    void aTaskThatIsBeingCancelledStillRuns() {
        task(245, "cancel-running-task", "cancelled-task-cancelling", "cancelled-event");

        assertThat(read(245).path("state").asString()).isEqualTo("RUNNING");
    }

    @Test
    void aTaskWhoseWorkerDiedMeansTryAgain() {
        state(7, "timeout");

        assertThat(read(7).path("state").asString()).isEqualTo("INTERRUPTED");
    }

    @Test
    void anUnknownStateCountsAsFailed() {
        state(7, "dancing");

        assertThat(read(7).path("state").asString()).isEqualTo("FAILED");
    }

    @Test
    void aQueuedTaskSaysThatItWaits() {
        task(145, "deploy-one-instance", "task-queued", "event");

        assertThat(read(145).path("progress").asString()).isEqualTo("waiting for a free worker of the platform");
    }

    @Test
    void aRunningTaskSaysInPlainWordsWhatItDoes() {
        task(145, "deploy-one-instance", "task-processing", "event");

        assertThat(read(145).path("progress").asString()).isEqualTo("setting up node 1 of 1");
    }

    @Test
    void anEventStreamThatEndsInTheMiddleOfALineIsReadUpToThere() {
        state(7, "processing");
        DIRECTOR.stubFor(get(urlPathEqualTo("/tasks/7/output")).willReturn(okJson("""
                        {"time":1,"stage":"Creating missing vms","tags":[],"total":3,"task":"a","index":2,"state":"started","progress":0}
                        {"time":1,"stage":"Updating inst""")));

        assertThat(read(7).path("progress").asString()).isEqualTo("creating machine 2 of 3");
    }

    @Test
    void anUnknownTaskIsNotFound() {
        DIRECTOR.stubFor(get("/tasks/99999").willReturn(recorded("cancel-running-task", "cancel-unknown")));

        assertThat(call(HttpMethod.GET, "/v1/tasks/99999").getStatusCode().value())
                .isEqualTo(404);
    }

    private static void state(long id, String state) {
        DIRECTOR.stubFor(get("/tasks/" + id)
                .willReturn(okJson("{\"id\":" + id + ",\"state\":\"" + state
                        + "\",\"description\":\"create deployment\",\"result\":null}")));
    }

    private JsonNode read(long id) {
        return body(call(HttpMethod.GET, "/v1/tasks/" + id));
    }
}
