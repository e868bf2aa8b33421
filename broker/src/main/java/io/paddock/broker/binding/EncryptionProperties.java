package io.paddock.broker.binding;

import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotEmpty;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.validation.annotation.Validated;

/**
 * Keys for credentials at rest.
 *
 * @param activeKey id of the key that new rows are encrypted with
 * @param keys id to key, 32 bytes in Base64; older keys stay here as long as rows use them
 */
@Validated
@ConfigurationProperties("broker.encryption")
public record EncryptionProperties(
        @NotBlank String activeKey, @NotEmpty Map<String, String> keys) {

    /** Without the keys. */
    @Override
    public String toString() {
        return "EncryptionProperties[activeKey=" + activeKey + ", keys=" + keys.keySet() + "]";
    }
}
