package io.paddock.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.peer.PeerClient;
import io.paddock.keeper.system.BootClock;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuestionsTest {

    @TempDir
    private Path directory;

    private Questions questions;

    @BeforeEach
    void begin() throws IOException {
        TestNode node = TestNode.in(directory, new BootClock());
        questions = new Questions(3, node.core(), node.observer(), new PeerClient(HttpClient.newHttpClient(), 1));
    }

    @Test
    void aNodeIsAskedOneQuestionAtATimeAndAgainWhenThatWasWantedMeanwhile() {
        assertThat(questions.begin("b")).isTrue();
        assertThat(questions.begin("b")).isFalse();
        assertThat(questions.begin("c")).isTrue();

        assertThat(questions.end("b", true)).as("wanted again").isTrue();
        assertThat(questions.begin("b")).isTrue();
        assertThat(questions.end("b", true)).as("once").isFalse();
    }

    @Test
    void whoDoesNotAnswerIsAwayUntilItDoes() {
        questions.begin("b");
        questions.end("b", false);
        assertThat(questions.isAway("b")).isTrue();
        assertThat(questions.begin("b")).isTrue();

        questions.end("b", true);

        assertThat(questions.isAway("b")).isFalse();
    }
}
