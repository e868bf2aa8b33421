package io.paddock.broker.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RefusalTest {

    @Test
    void theDocumentShowsTheTable() throws IOException {
        assertThat(Files.readString(Path.of("../docs/texts.md"))).contains(Refusal.table());
    }
}
