package io.paddock.broker.binding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("security")
@Tag("verify")
class CredentialCipherTest {

    private static final String OLD = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String NEW = "HxAREhMUFRYXGBkaGxwdHgABAgMEBQYHCAkKCwwNDg8=";

    @Test
    void whatIsEncryptedCanBeReadAgainAlsoAfterANewKeyBecameActive() {
        CredentialCipher before = new CredentialCipher(new EncryptionProperties("old", Map.of("old", OLD)));
        CredentialCipher after = new CredentialCipher(new EncryptionProperties("new", Map.of("old", OLD, "new", NEW)));

        CredentialCipher.Encrypted encrypted = before.encrypt("row", "secret");

        assertThat(after.decrypt("row", encrypted)).isEqualTo("secret");
        assertThat(after.encrypt("row", "secret").keyId()).isEqualTo("new");
    }

    @Test
    void theSameTextNeverEncryptsToTheSameBytes() {
        CredentialCipher cipher = new CredentialCipher(new EncryptionProperties("old", Map.of("old", OLD)));

        assertThat(cipher.encrypt("row", "secret").bytes())
                .isNotEqualTo(cipher.encrypt("row", "secret").bytes());
    }

    @Test
    void bytesOfAnotherRowOrChangedOnesAreRefused() {
        CredentialCipher cipher = new CredentialCipher(new EncryptionProperties("old", Map.of("old", OLD)));
        CredentialCipher.Encrypted encrypted = cipher.encrypt("row", "secret");

        assertThatThrownBy(() -> cipher.decrypt("other", encrypted)).isInstanceOf(IllegalStateException.class);
        encrypted.bytes()[20] ^= 1;
        assertThatThrownBy(() -> cipher.decrypt("row", encrypted)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aKeyOfTheWrongLengthStopsTheStartWithWhatToDo() {
        assertThatThrownBy(() -> new CredentialCipher(new EncryptionProperties("a", Map.of("a", "AAAA"))))
                .hasMessageContaining("openssl rand -base64 32");
    }
}
