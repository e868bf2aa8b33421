package io.paddock.deployer.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class DeployerTextTest {

    @Test
    void theDocumentShowsTheTable() throws IOException {
        assertThat(Files.readString(Path.of("../docs/texts.md"))).contains(DeployerText.table());
    }
}
