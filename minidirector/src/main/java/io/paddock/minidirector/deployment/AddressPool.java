package io.paddock.minidirector.deployment;

import io.paddock.minidirector.manifest.Addresses;
import io.paddock.minidirector.manifest.CloudConfig;
import io.paddock.minidirector.manifest.CloudConfig.Subnet;
import io.paddock.minidirector.system.DirectorException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Gives out the lowest free address of a network; one that another program listens on counts as taken. */
final class AddressPool {

    private static final String LISTENING = "0A";

    private final Set<Long> taken;

    AddressPool(Set<String> used) {
        taken = used.stream().map(Addresses::number).collect(Collectors.toCollection(HashSet::new));
        taken.addAll(listening());
    }

    /** @throws DirectorException 130011 if the network has no more address for the zone */
    String reserve(CloudConfig.Network network, Instance instance) {
        for (Subnet subnet : network.in(instance.az())) {
            String[] range = subnet.range().split("/");
            long size = 1L << (32 - Integer.parseInt(range[1]));
            long first = Addresses.number(range[0]) & -size;
            Set<Long> reserved = reserved(subnet);
            for (long address = first + 1; address < first + size - 1; address++) {
                if (!reserved.contains(address) && taken.add(address)) {
                    return Addresses.text(address);
                }
            }
        }
        throw new DirectorException(
                130011,
                "Failed to reserve IP for '" + instance.label() + "' for manual network '" + network.name()
                        + "': no more available");
    }

    /**
     * Takes an address that the manifest names.
     *
     * @throws DirectorException 130008 if it is in use, 130012 if it is not one of the network
     */
    String claim(String address, CloudConfig.Network network, Instance instance) {
        long number = Addresses.number(address);
        boolean inside = network.in(instance.az()).stream().anyMatch(subnet -> {
            String[] range = subnet.range().split("/");
            long size = 1L << (32 - Integer.parseInt(range[1]));
            long first = Addresses.number(range[0]) & -size;
            return number >= first && number < first + size;
        });
        if (!inside) {
            throw new DirectorException(
                    130012,
                    "Failed to reserve IP '" + address + "' for '" + instance.label()
                            + "': it is in no subnet of network '" + network.name() + "'");
        }
        if (!taken.add(number)) {
            throw new DirectorException(
                    130008, "Failed to reserve IP '" + address + "' for '" + instance.label() + "': already in use");
        }
        return address;
    }

    private static Set<Long> reserved(Subnet subnet) {
        Set<Long> reserved = new HashSet<>();
        if (!subnet.gateway().isEmpty()) {
            reserved.add(Addresses.number(subnet.gateway()));
        }
        subnet.reserved().stream()
                .flatMap(entry -> Addresses.expand(entry).stream())
                .map(Addresses::number)
                .forEach(reserved::add);
        return reserved;
    }

    /** Addresses that somebody listens on; the second file lists those of sockets that serve both protocols. */
    private static Set<Long> listening() {
        try {
            return Stream.of("/proc/net/tcp", "/proc/net/tcp6")
                    .map(Path::of)
                    .filter(Files::exists)
                    .flatMap(AddressPool::lines)
                    .map(line -> line.strip().split("\\s+"))
                    .filter(fields -> fields[3].equals(LISTENING))
                    .map(fields -> fields[1].split(":")[0])
                    .map(address -> address.substring(address.length() - 8))
                    .map(hexadecimal -> Long.reverseBytes(Long.parseLong(hexadecimal, 16)) >>> 32)
                    .collect(Collectors.toSet());
        } catch (UncheckedIOException unreadable) {
            throw new IllegalStateException("cannot tell which addresses are in use", unreadable);
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream().skip(1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
