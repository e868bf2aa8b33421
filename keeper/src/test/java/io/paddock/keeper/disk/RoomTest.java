package io.paddock.keeper.disk;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {

    private static final long MIB = 1 << 20;

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, textBlock = """
            size MiB, free MiB, ballast, full,  ample, used up
            10240,    9000,     true,    false, true,  false
            10240,    301,      true,    false, true,  false
            10240,    300,      true,    false, false, false
            10240,    151,      true,    false, false, false
            10240,    150,      true,    true,  false, false
            10240,    214,      false,   true,  false, false
            10240,    365,      false,   false, true,  false
            10240,    16,       true,    true,  false, false
            10240,    15,       true,    true,  false, true
            10240,    0,        false,   true,  false, true
            400,      52,       true,    false, false, false
            400,      51,       true,    true,  false, false
            9000000,  561,      true,    false, false, false
            9000000,  559,      true,    true,  false, false
            """)
    void roomDecides(long size, long free, boolean ballast, boolean full, boolean ample, boolean usedUp) {
        Room room = new Room(size * MIB, free * MIB, ballast);
        assertThat(room.isFull()).isEqualTo(full);
        assertThat(room.isAmple()).isEqualTo(ample);
        assertThat(room.isUsedUp()).isEqualTo(usedUp);
    }
}
