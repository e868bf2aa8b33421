package io.paddock.minidirector.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paddock.minidirector.manifest.CloudConfig.Network;
import io.paddock.minidirector.manifest.CloudConfig.Subnet;
import io.paddock.minidirector.system.DirectorException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPoolTest {

    private static final Network NETWORK = new Network(
            "default",
            List.of(new Subnet("127.77.3.0/29", "127.77.3.1", List.of("127.77.3.2 - 127.77.3.3"), List.of("z1"))));

    @Test
    void theLowestFreeAddressIsGivenWithoutGatewayAndReserved() {
        AddressPool pool = new AddressPool(Set.of("127.77.3.4"));

        assertThat(pool.reserve(NETWORK, instance())).isEqualTo("127.77.3.5");
        assertThat(pool.reserve(NETWORK, instance())).isEqualTo("127.77.3.6");
    }

    @Test
    void aFullNetworkIsTheDirectorsError() {
        AddressPool pool = new AddressPool(Set.of("127.77.3.4", "127.77.3.5", "127.77.3.6"));

        assertThatThrownBy(() -> pool.reserve(NETWORK, instance()))
                .isInstanceOfSatisfying(
                        DirectorException.class,
                        failure -> assertThat(failure.code()).isEqualTo(130011));
    }

    @Test
    void anAddressThatAnotherProgramListensOnIsTaken() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.77.3.4"))) {
            assertThat(new AddressPool(Set.of()).reserve(NETWORK, instance())).isEqualTo("127.77.3.5");
        }
    }

    private static Instance instance() {
        return Instance.fresh("id", "web", 0, "z1", true);
    }
}
