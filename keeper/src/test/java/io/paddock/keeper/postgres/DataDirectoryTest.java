package io.paddock.keeper.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.paddock.keeper.decision.Lineage;
import io.paddock.keeper.decision.Local.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataDirectoryTest {

    @TempDir
    private Path store;

    private DataDirectory data;

    @BeforeEach
    void make() throws IOException {
        Files.createDirectories(store.resolve("15"));
        Files.createSymbolicLink(store.resolve("current"), Path.of("15"));
        data = new DataDirectory(store, Path.of("/nowhere"));
    }

    @Test
    void aLineageIsKept() throws IOException {
        assertThat(data.lineage()).isEqualTo(Lineage.NONE);
        Lineage lineage = Lineage.FIRST.with(4).beginningAt(1L << 40).with(5);

        data.lineage(lineage);

        assertThat(data.lineage()).isEqualTo(lineage);
    }

    @Test
    void aLineageOfNumbersAloneIsReadAsOneWhoseBeginningsNobodyKnows() throws IOException {
        Files.writeString(store.resolve("lineage"), "1 4");

        assertThat(data.lineage().promotions())
                .isEqualTo(List.of(
                        new Lineage.Begun(1, Lineage.Begun.UNKNOWN), new Lineage.Begun(4, Lineage.Begun.UNKNOWN)));
    }

    @Test
    void whatIsNotFinishedDoesNotExist() throws IOException {
        assertThat(data.exists()).isFalse();
        Files.writeString(store.resolve("15/PG_VERSION"), "15\n");
        assertThat(data.exists()).isTrue();

        data.begin();
        assertThat(data.exists()).isFalse();
        data.finish();
        assertThat(data.exists()).isTrue();
    }

    @Test
    void whoWasWholeOnceIsUnfinishedWhileItIsMadeAnewAndAbsentOnAnEmptyDisk() throws IOException {
        assertThat(data.stopped()).isEqualTo(Postgres.ABSENT);
        data.begin();
        assertThat(data.stopped()).as("a first copy").isEqualTo(Postgres.ABSENT);
        Files.writeString(store.resolve("15/PG_VERSION"), "15\n");
        data.finish();
        assertThat(data.stopped()).isEqualTo(Postgres.STOPPED);

        data.noteWhole();
        data.begin();
        assertThat(new DataDirectory(store, Path.of("/nowhere")).stopped()).isEqualTo(Postgres.UNFINISHED);
    }

    @Test
    void theSignalFileDecidesWhetherItIsAStandby() throws IOException {
        data.makeStandby(true);
        assertThat(data.isStandby()).isTrue();
        data.makeStandby(false);
        assertThat(data.isStandby()).isFalse();
    }
}
